"""Staff serve residents from a chat of their own: cards, commands, and whatever else they type goes to the resident."""
