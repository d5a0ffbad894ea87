"""Files from outside: told by their content, refused where they bring something along."""
