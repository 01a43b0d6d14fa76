"""What Google holds beside mail, moved."""
