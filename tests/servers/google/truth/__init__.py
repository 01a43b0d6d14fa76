"""What a Google account holds, drawn by a seed: plain values, which know neither a server nor the engine."""
