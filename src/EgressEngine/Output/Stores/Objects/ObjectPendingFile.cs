namespace Egress.Output.Stores.Objects;

/// <summary>An object of an <see cref="ObjectStore"/> on its way.</summary>
internal sealed class ObjectPendingFile(ObjectStore store, string name, ObjectWriteStream stream) : IPendingFile
{
    /// <inheritdoc/>
    public Stream Stream => stream;

    /// <inheritdoc/>
    public bool Commit(bool replace)
    {
        if (!stream.Commit(replace))
        {
            return false;
        }

        store.Committed(name, stream.Length);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
