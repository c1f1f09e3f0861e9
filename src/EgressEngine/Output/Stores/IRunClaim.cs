namespace Egress.Output.Stores;

/// <summary>A run's hold on its share of a destination; disposed, it is given up.</summary>
public interface IRunClaim : IDisposable
{
    /// <summary>Shows that the run is alive. Called every few seconds, from one thread at a time.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationLost"/>: the claim is gone, or another run's.</exception>
    void Renew();
}
