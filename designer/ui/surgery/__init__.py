"""Dialogs that change layers and models while their weights come along."""
