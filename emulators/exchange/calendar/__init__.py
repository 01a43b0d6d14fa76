"""Appointments, series and meetings as Exchange computes them."""
