namespace Egress;

/// <summary>Undoes a construction that fails half-way, last step first.</summary>
internal sealed class UndoOnFailure : IDisposable
{
    private readonly Stack<Action> _steps = new();

    /// <summary>Adds how to undo the step that was just done.</summary>
    public void Add(Action undo) => _steps.Push(undo);

    /// <summary>The construction has succeeded.</summary>
    public void Keep() => _steps.Clear();

    public void Dispose()
    {
        while (_steps.TryPop(out var undo))
        {
            undo();
        }
    }
}
