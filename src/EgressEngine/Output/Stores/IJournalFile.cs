namespace Egress.Output.Stores;

/// <summary>A journal open for appending. One thread at a time uses it.</summary>
public interface IJournalFile : IDisposable
{
    /// <summary>Bytes of whole lines in it.</summary>
    long Length { get; }

    /// <summary>When it was last changed before it was opened, by the store's own clock; of an empty one, when it was made.</summary>
    DateTime ModifiedUtc { get; }

    /// <summary>Appends whole lines. After a failure nothing of them is left, as far as the store can see to it.</summary>
    void Append(ReadOnlySpan<byte> lines);

    /// <summary>Returns once everything appended would outlive the machine.</summary>
    void Flush();
}
