"""The older system's command lines; nothing else imports this package."""
