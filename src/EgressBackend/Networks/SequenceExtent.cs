namespace Egress.Backend.Networks;

/// <summary>How much of their room the sequences of a batch use, as one number that travels with the batch.</summary>
/// <param name="Tokens">Tokens that every sequence is padded to.</param>
/// <param name="IsFull">Whether none has any padding, so that nothing has to be masked.</param>
internal readonly record struct SequenceExtent(int Tokens, bool IsFull)
{
    // Lengths are padded to a multiple of this: rows of scores are then aligned as a GPU's kernels want them, and there are fewer sizes
    // for the allocator to keep apart.
    private const int Step = 8;

    private const int FullFlag = 1 << 30;

    /// <summary>The extent that a number stands for; 0 stands for all the room.</summary>
    public static SequenceExtent Of(int number, int room) =>
        number == 0 ? new(room, false) : new(number & ~FullFlag, (number & FullFlag) != 0);

    /// <summary>The smallest extent that holds a batch.</summary>
    /// <param name="shortest">Tokens of its shortest sequence.</param>
    /// <param name="longest">Tokens of its longest.</param>
    /// <param name="room">The longest sequence that there may be.</param>
    public static SequenceExtent For(int shortest, int longest, int room) => shortest == longest
        ? new(longest, true)
        : new(Math.Min(room, (longest + Step - 1) / Step * Step), false);

    /// <summary>The number.</summary>
    public int ToNumber() => IsFull ? Tokens | FullFlag : Tokens;
}
