namespace Egress.Runtime;

/// <summary>Who chose the libtorch that is in use.</summary>
public enum LibtorchOrigin
{
    /// <summary>The environment variable <c>EGRESS_LIBTORCH</c>.</summary>
    Environment,

    /// <summary>The module, which brings its own.</summary>
    Module,
}
