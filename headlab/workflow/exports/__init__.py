"""A catalogue, or a part of it, as files for other tools and other people."""
