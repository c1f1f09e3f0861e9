namespace Egress.Output;

/// <summary>The form in which an item's output is stored.</summary>
public enum OutputFormat
{
    /// <summary>Nothing is stored; every byte is read, so that measurements include its arrival in the worker's cache.</summary>
    None,

    /// <summary>A PNG picture of the labels: a palette picture up to 256 classes, 16-bit grey beyond. Confidence is 16-bit grey.</summary>
    Png,

    /// <summary>NumPy's array file, one an array.</summary>
    Npy,

    /// <summary>The elements alone, little-endian, in the order of the array.</summary>
    Raw,

    /// <summary>NumPy's archive, with all arrays of an item.</summary>
    Npz,

    /// <summary>
    /// A Zarr (version 3) group with one array an output over the whole run, one chunk an item: Python opens the run as one array.
    /// </summary>
    Zarr,
}
