"""One room per wire; a platform's words die here."""
