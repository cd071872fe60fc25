"""The running service: settings, channels, inbox, outbox, web server and command line."""
