"""The console: pages for members of staff and administrators, after sign-in."""
