"""What a person sees: the account chooser, the consent page, and the pages that lead nowhere."""
