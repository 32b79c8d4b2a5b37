"""What a bare repository refuses of a push."""
