"""Layers made wider, deeper or leaner, models cut and joined, blocks replaced: edits that take the weights along."""
