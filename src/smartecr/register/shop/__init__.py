"""The shop itself: settings, master data, prices by date, stock, labels, opening hours, people's time."""
