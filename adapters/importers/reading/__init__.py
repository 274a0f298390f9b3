"""From files of any size to records, whatever they are records of."""
