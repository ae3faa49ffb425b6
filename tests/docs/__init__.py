"""The pages say what is so: examples decode, tables equal the code, links lead somewhere."""
