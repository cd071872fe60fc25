"""The running parts: settings, schedule, commands, doctor."""
