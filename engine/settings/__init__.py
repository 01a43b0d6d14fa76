"""Settings: what they were is kept before they are changed, so that a rollback can put it back."""
