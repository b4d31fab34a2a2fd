"""Jobs near home: companies and their posts, people and their wishes, and who went where."""
