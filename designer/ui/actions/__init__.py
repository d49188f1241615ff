"""Everything a person can ask for, one file a subject: menus, shortcuts, tooltips and command palette follow."""
