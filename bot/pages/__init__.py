"""What our pages in a browser ask for, and whose links lead to them."""
