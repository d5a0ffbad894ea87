"""Guides of 사이버영업창구: changing the bank, being issued a certificate, what a message means, by telephone."""
