"""How the blocks of the shown network fare in a training: on the cards, and on a page of their own."""
