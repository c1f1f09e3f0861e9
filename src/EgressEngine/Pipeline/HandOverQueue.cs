using System.Diagnostics.CodeAnalysis;

namespace Egress.Pipeline;

/// <summary>
/// What one stage hands to the next, first in, first out. Any number of threads add and take; every wait watches the run's token.
/// Unlike the library's collections it allocates nothing in the steady state, and wakes one waiter for each item.
/// </summary>
/// <typeparam name="T">What is handed on.</typeparam>
internal sealed class HandOverQueue<T> : IDisposable
{
    private readonly CancellationToken _token;
    private readonly Lock _lock = new();
    private readonly Queue<T> _queue = new();
    private readonly SemaphoreSlim _items = new(0);
    private readonly SemaphoreSlim? _space;
    private bool _completed;

    /// <param name="token">The run's: once it is cancelled, adding and taking throw.</param>
    /// <param name="capacity">Items that it holds at most; null where something else bounds them.</param>
    public HandOverQueue(CancellationToken token, int? capacity = null)
    {
        _token = token;
        _space = capacity is { } count ? new SemaphoreSlim(count) : null;
    }

    /// <summary>Items that nobody has taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Whether nothing more will be added.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return _completed;
            }
        }
    }

    /// <summary>Adds an item; waits while there is no room.</summary>
    /// <exception cref="OperationCanceledException">The run ends early.</exception>
    /// <exception cref="InvalidOperationException">The queue was completed.</exception>
    public void Add(T item)
    {
        _token.ThrowIfCancellationRequested();
        _space?.Wait(_token);
        Enqueue(item);
    }

    /// <summary>Adds an item where there is room now, whether or not the run ends early.</summary>
    /// <exception cref="InvalidOperationException">The queue was completed.</exception>
    public bool TryAdd(T item)
    {
        if (_space is not null && !_space.Wait(0))
        {
            return false;
        }

        Enqueue(item);
        return true;
    }

    /// <summary>Takes the next item; waits for it. False: there will be none any more.</summary>
    /// <exception cref="OperationCanceledException">The run ends early.</exception>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        _token.ThrowIfCancellationRequested();
        _items.Wait(_token);
        lock (_lock)
        {
            if (!_queue.TryDequeue(out item))
            {
                // The one permit without an item is that of the end: on to the next one that waits.
                _items.Release();
                return false;
            }
        }

        _space?.Release();
        return true;
    }

    /// <summary>Nothing more will be added. Later calls do nothing.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
        }

        _items.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _items.Dispose();
        _space?.Dispose();
    }

    private void Enqueue(T item)
    {
        lock (_lock)
        {
            if (_completed)
            {
                throw new InvalidOperationException("The input was completed: nothing can be added any more.");
            }

            _queue.Enqueue(item);
        }

        _items.Release();
    }
}
