"""The tutor in the window: band, course page, ring, bubble and finding sheet."""
