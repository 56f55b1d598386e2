"""Audio in, words and voices out: who said which words when."""
