namespace Egress.Output.Stores;

/// <summary>A file on its way into a store. It appears under its name whole, or not at all: disposed uncommitted, it is gone.</summary>
public interface IPendingFile : IDisposable
{
    /// <summary>Takes the content, forwards only.</summary>
    Stream Stream { get; }

    /// <summary>Gives the file its name.</summary>
    /// <param name="replace">Whether to replace a file of that name.</param>
    /// <returns>False where a file of that name exists and is kept.</returns>
    bool Commit(bool replace);
}
