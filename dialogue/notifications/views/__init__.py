"""Forms of notifications: following, notices, choices of mail, the link that stops mails."""
