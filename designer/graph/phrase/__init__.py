"""Type to build: ``conv 64 k3 s2 | bn | relu | pool`` becomes blocks, wired and in place."""
