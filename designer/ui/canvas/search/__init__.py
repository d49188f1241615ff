"""Find what to add and what is there: the search at the cursor, typed chains, the find bar."""
