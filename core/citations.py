"""BibTeX of the works that methods and data rest on, by DOI.

Works behind descriptors and distances stand here, those behind data, models and procedures in
references.bib.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_ENTRIES = {
    "10.1039/D2DD00054G": """@article{zhang2023grid,
  author = {Zhang, Ruizhi and Seth, Sohan and Cumby, James},
  title = {Grouped representation of interatomic distances as a similarity measure for crystal
           structures},
  journal = {Digital Discovery}, year = {2023}, volume = {2}, pages = {81--90},
  doi = {10.1039/D2DD00054G}
}""",
    "10.5258/SOTON/P0038": """@techreport{cumby2021interpretable,
  author = {Cumby, James and Seth, Sohan},
  title = {Interpretable crystal descriptions across length scales for materials discovery},
  institution = {AI4SD Network+}, year = {2021}, number = {7},
  doi = {10.5258/SOTON/P0038}
}""",
    "10.1021/acs.chemmater.0c03381": """@article{hargreaves2020earth,
  author = {Hargreaves, Cameron J. and Dyer, Matthew S. and Gaultois, Michael W. and
            Kurlin, Vitaliy A. and Rosseinsky, Matthew J.},
  title = {The Earth Mover's Distance as a Metric for the Space of Inorganic Compositions},
  journal = {Chemistry of Materials}, year = {2020}, volume = {32}, pages = {10610--10620},
  doi = {10.1021/acs.chemmater.0c03381}
}""",
    "10.1126/sciadv.abn4117": """@article{goodall2022rapid,
  author = {Goodall, Rhys E. A. and Parackal, Abhijith S. and Faber, Felix A. and
            Armiento, Rickard and Lee, Alpha A.},
  title = {Rapid discovery of stable materials by coordinate-free coarse graining},
  journal = {Science Advances}, year = {2022}, volume = {8}, pages = {eabn4117},
  doi = {10.1126/sciadv.abn4117}
}""",
    "10.1021/ic102031h": """@article{hautier2011data,
  author = {Hautier, Geoffroy and Fischer, Chris and Ehrlacher, Virginie and Jain, Anubhav and
            Ceder, Gerbrand},
  title = {Data Mined Ionic Substitutions for the Discovery of New Compounds},
  journal = {Inorganic Chemistry}, year = {2011}, volume = {50}, pages = {656--663},
  doi = {10.1021/ic102031h}
}""",
    "10.1093/oso/9780198803195.001.0001": """@book{allen2017computer,
  author = {Allen, Michael P. and Tildesley, Dominic J.},
  title = {Computer Simulation of Liquids}, edition = {2},
  publisher = {Oxford University Press}, year = {2017},
  doi = {10.1093/oso/9780198803195.001.0001}
}""",
    "10.1107/97809553602060000600": """@incollection{brown2006intensity,
  author = {Brown, P. J. and Fox, A. G. and Maslen, E. N. and O'Keefe, M. A. and
            Willis, B. T. M.},
  title = {Intensity of diffracted intensities},
  booktitle = {International Tables for Crystallography}, volume = {C}, chapter = {6.1},
  year = {2006}, pages = {554--595},
  doi = {10.1107/97809553602060000600}
}""",
    "10.1016/0038-1098(84)90765-8": """@article{pettifor1984chemical,
  author = {Pettifor, D. G.},
  title = {A chemical scale for crystal-structure maps},
  journal = {Solid State Communications}, year = {1984}, volume = {51}, pages = {31--34},
  doi = {10.1016/0038-1098(84)90765-8}
}""",
    "10.1088/1367-2630/18/9/093011": """@article{glawe2016optimal,
  author = {Glawe, Henning and Sanna, Antonio and Gross, E. K. U. and Marques, Miguel A. L.},
  title = {The optimal one dimensional periodic table: a modified {Pettifor} chemical scale from
           data mining},
  journal = {New Journal of Physics}, year = {2016}, volume = {18}, pages = {093011},
  doi = {10.1088/1367-2630/18/9/093011}
}""",
    "10.1016/j.commatsci.2018.05.018": """@article{ward2018matminer,
  author = {Ward, Logan and Dunn, Alexander and Faghaninia, Alireza and Zimmermann, Nils E. R. and
            Bajaj, Saurabh and Wang, Qi and Montoya, Joseph and Chen, Jiming and Bystrom, Kyle and
            Dylla, Maxwell and Chard, Kyle and Asta, Mark and Persson, Kristin A. and
            Snyder, G. Jeffrey and Foster, Ian and Jain, Anubhav},
  title = {Matminer: An open source toolkit for materials data mining},
  journal = {Computational Materials Science}, year = {2018}, volume = {152}, pages = {60--69},
  doi = {10.1016/j.commatsci.2018.05.018}
}""",
    "10.1039/b801115j": """@article{cordero2008covalent,
  author = {Cordero, Beatriz and G{\\'o}mez, Ver{\\'o}nica and Platero-Prats, Ana E. and
            Rev{\\'e}s, Marc and Echeverr{\\'\\i}a, Jorge and Cremades, Eduard and
            Barrag{\\'a}n, Flavia and Alvarez, Santiago},
  title = {Covalent radii revisited},
  journal = {Dalton Transactions}, year = {2008}, pages = {2832--2838},
  doi = {10.1039/b801115j}
}""",
    "10.1021/acs.jpcc.1c09737": """@article{ducamp2022prediction,
  author = {Ducamp, Maxime and Coudert, Fran{\\c{c}}ois-Xavier},
  title = {Prediction of Thermal Properties of Zeolites through Machine Learning},
  journal = {The Journal of Physical Chemistry C}, year = {2022}, volume = {126},
  pages = {1651--1660},
  doi = {10.1021/acs.jpcc.1c09737}
}""",
    "10.1107/S0108767396007519": """@article{grosse1996algebraic,
  author = {Grosse-Kunstleve, R. W. and Brunner, G. O. and Sloane, N. J. A.},
  title = {Algebraic Description of Coordination Sequences and Exact Topological Densities for
           Zeolites},
  journal = {Acta Crystallographica Section A}, year = {1996}, volume = {52}, pages = {879--889},
  doi = {10.1107/S0108767396007519}
}""",
    "10.1016/j.micromeso.2011.08.020": """@article{willems2012algorithms,
  author = {Willems, Thomas F. and Rycroft, Chris H. and Kazi, Michaeel and Meza, Juan C. and
            Haranczyk, Maciej},
  title = {Algorithms and tools for high-throughput geometry-based analysis of crystalline porous
           materials},
  journal = {Microporous and Mesoporous Materials}, year = {2012}, volume = {149},
  pages = {134--141},
  doi = {10.1016/j.micromeso.2011.08.020}
}""",
    "10.1038/npjcompumats.2016.28": """@article{ward2016general,
  author = {Ward, Logan and Agrawal, Ankit and Choudhary, Alok and Wolverton, Christopher},
  title = {A general-purpose machine learning framework for predicting properties of inorganic
           materials},
  journal = {npj Computational Materials}, year = {2016}, volume = {2}, pages = {16028},
  doi = {10.1038/npjcompumats.2016.28}
}""",
    "10.1103/PhysRevB.87.184115": """@article{bartok2013representing,
  author = {Bart{\\'o}k, Albert P. and Kondor, Risi and Cs{\\'a}nyi, G{\\'a}bor},
  title = {On representing chemical environments},
  journal = {Physical Review B}, year = {2013}, volume = {87}, pages = {184115},
  doi = {10.1103/PhysRevB.87.184115}
}""",
    "10.1016/j.cpc.2019.106949": """@article{himanen2020dscribe,
  author = {Himanen, Lauri and J{\\"a}ger, Marc O. J. and Morooka, Eiaki V. and
            Federici Canova, Filippo and Ranawat, Yashasvi S. and Gao, David Z. and
            Rinke, Patrick and Foster, Adam S.},
  title = {{DScribe}: Library of descriptors for machine learning in materials science},
  journal = {Computer Physics Communications}, year = {2020}, volume = {247}, pages = {106949},
  doi = {10.1016/j.cpc.2019.106949}
}""",
}

GRID, REPORT = "10.1039/D2DD00054G", "10.5258/SOTON/P0038"


@cache
def _entries() -> dict[str, str]:
    """All entries by DOI."""
    text = Path(__file__).with_name("references.bib").read_text("utf-8")
    of_data = {}
    for entry in re.split(r"\n(?=@)", text):
        if found := re.search(r"doi = \{([^}]+)\}", entry):
            of_data[found[1]] = entry.strip()
    return {**of_data, **_ENTRIES}


def has_entry(doi: str) -> bool:
    """Whether the work is known here in full."""
    return doi in _entries()


def bibtex(dois: Iterable[str]) -> str:
    """BibTeX entries, each once; a DOI without an entry here becomes a minimal one."""
    out = []
    for doi in dict.fromkeys(dois):
        slug = "".join(c if c.isalnum() else "_" for c in doi)
        out.append(_entries().get(doi, f"@misc{{{slug},\n  doi = {{{doi}}}\n}}"))
    return "\n\n".join(out)


def dois_in(text: str) -> tuple[str, ...]:
    """DOIs named in a reference, as `doi:10...` or `doi 10...`."""
    words = text.replace("doi:", "doi ").split()
    return tuple(
        after.rstrip(".,;)")
        for before, after in zip(words[:-1], words[1:], strict=True)
        if before == "doi"
    )
