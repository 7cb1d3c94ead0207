"""Parts of the pages under Labs, a module each; what several sections use lies one folder up."""
