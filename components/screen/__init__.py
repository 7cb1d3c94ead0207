"""Parts of the pages under Screen, a module each; what several sections use lies one folder up."""
