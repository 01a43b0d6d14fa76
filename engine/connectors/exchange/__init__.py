"""Exchange Web Services, as a destination: sessions, SOAP, reading and writing."""
