"""Looking at data: items by number, thumbnails, figures of a sample of them, what is damaged or there twice."""
