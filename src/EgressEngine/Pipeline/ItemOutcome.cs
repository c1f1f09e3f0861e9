namespace Egress.Pipeline;

/// <summary>What became of one item: a result or an error.</summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
/// <param name="Item">The item.</param>
/// <param name="Result">Its result, where there is no error.</param>
/// <param name="Error">Its error, or null.</param>
public readonly record struct ItemOutcome<TItem, TResult>(TItem Item, TResult? Result, EgressException? Error);
