"""Parts of the pages under Model, a module each; what several sections use lies one folder up."""
