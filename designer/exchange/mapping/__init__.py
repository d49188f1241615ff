"""Which weight of a file goes to which weight of the drawn network. Names and shapes only; torch where numbers move."""
