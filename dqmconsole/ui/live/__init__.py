"""What is live: header, navigator, page, panel, notices."""
