"""What converts each operation of PyTorch; a function in a file of this folder is known by its decorator."""
