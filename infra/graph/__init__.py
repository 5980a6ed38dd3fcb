"""Everything offline is a plain function over one `Graph`."""
