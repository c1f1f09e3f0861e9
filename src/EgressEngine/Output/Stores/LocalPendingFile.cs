namespace Egress.Output.Stores;

/// <summary>A file of a <see cref="LocalStore"/> on its way: written beside the journal, then renamed into its place.</summary>
internal sealed class LocalPendingFile : IPendingFile
{
    private readonly LocalStore _store;
    private readonly string _name;
    private readonly AtomicFile _file;

    public LocalPendingFile(LocalStore store, string name, string partialPath)
    {
        _store = store;
        _name = name;
        _file = new AtomicFile(store.Locate(name), partialPath);
    }

    /// <inheritdoc/>
    public Stream Stream => _file.Stream;

    /// <inheritdoc/>
    public bool Commit(bool replace)
    {
        _store.EnsureParent(_name);
        try
        {
            return _file.Commit(replace) is not null;
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            _store.RequireFree(_name);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
