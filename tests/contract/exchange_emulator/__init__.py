"""Raw SOAP against the Exchange emulator, checked against the numbered requirements of Microsoft's specifications."""
