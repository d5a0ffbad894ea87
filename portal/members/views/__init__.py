"""Pages of people: the company's users, one's own sessions, the way in by invitation."""
