"""Exchange Web Services, on either side: sessions, SOAP, reading and writing."""
