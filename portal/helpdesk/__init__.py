"""고객지원: questions and answers, notices and files for everybody (S01-S06, S43-S47, S51)."""
