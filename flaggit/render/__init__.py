"""Values to text, JSON, Markdown, annotations, SARIF and HTML; one module a family."""
