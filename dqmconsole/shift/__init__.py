"""The shift as the console knows it: feed, mailbox, session. Without Qt."""
