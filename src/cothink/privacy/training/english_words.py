"""Words for made-up English letters and applications, written by hand. `english.py` adds Faker's names of many lands."""

from typing import Final

FIRST: Final = (
    "James Mary John Linda Robert Susan Michael Karen David Nancy Peter Anna Thomas Laura Daniel Emma Paul Julia Mark Sarah George Alice "
    "Kevin Helen Brian Ruth Steven Diana Edward Grace Frank Sophie Henry Clara Oscar Nora Victor Irene Ahmed Fatima Omar Layla Hassan "
    "Amina Ravi Priya Arjun Sunita Chen Mei Hiroshi Yuki Kenji Sakura Minho Jisoo Ivan Olga Dmitri Natasha Boris Svetlana Lars Ingrid "
    "Sven Astrid Pierre Camille Luc Elodie Carlos Lucia Diego Carmen Joao Ines Marco Giulia Luca Chiara Jan Ewa Piotr Zofia Tomas Petra "
    "Laszlo Ildiko Ion Elena Nikos Eleni Mehmet Ayse Kwame Ama Chidi Ngozi Thabo Lerato Tariq Zainab Malik Aaliyah Chad Cody Brad Tiffany"
).split()
LAST: Final = (
    "Smith Johnson Brown Taylor Walker Wright Young Hall Green Baker Hill Cook Morgan Cooper Bell Ward Reed Price Wood Long Foster Stone "
    "Garcia Martinez Lopez Silva Santos Ferreira Rossi Bianchi Romano Dubois Moreau Lefebvre Mueller Schmidt Weber Fischer Novak Dvorak "
    "Kowalski Nowak Nagy Kovacs Popescu Ionescu Petrov Ivanova Kuznetsov Papadopoulos Yilmaz Demir Khan Ali Hussain Singh Patel Sharma "
    "Gupta Wang Zhang Liu Chen Tanaka Suzuki Sato Kim Park Nguyen Tran Hansen Nielsen Larsen Johansson Virtanen Korhonen de Vries Jansen "
    "Okafor Mensah Ndlovu Cohen Levy O'Brien Murphy Kelly McDonald Fraser Abebe Haile Magomadov Kadyrov Brandybuck Underhill"
).split()
CITIES: Final = (
    "London Paris Berlin Madrid Rome Vienna Prague Warsaw Budapest Athens Lisbon Dublin Oslo Stockholm Helsinki Copenhagen Amsterdam "
    "Brussels Zurich Geneva Milan Turin Naples Munich Hamburg Cologne Lyon Nice Porto Seville Bilbao Krakow Gdansk Brno Riga Vilnius "
    "Tallinn Moscow Kyiv Minsk Istanbul Ankara Cairo Tunis Lagos Nairobi Accra Dakar Mumbai Delhi Chennai Karachi Dhaka Beijing Shanghai "
    "Shenzhen Tokyo Osaka Kyoto Seoul Busan Hanoi Bangkok Manila Jakarta Sydney Perth Auckland Toronto Montreal Vancouver Chicago Boston "
    "Houston Dallas Denver Seattle Atlanta Miami Detroit Phoenix Lima Bogota Quito Santiago Havana Brooklyn Oxford Cambridge Leeds"
).split()
CITIES_LONG: Final = (
    "New York", "Los Angeles", "San Francisco", "Las Vegas", "Salt Lake City", "St. Louis", "New Orleans", "Buenos Aires", "Rio de Janeiro",
    "São Paulo", "Mexico City", "Cape Town", "Tel Aviv", "Kuala Lumpur", "Hong Kong", "Ho Chi Minh City", "Stratford upon Avon", "Baden-Baden",
    "The Hague", "Den Bosch", "Saint-Denis", "San Juan", "Port Louis", "Newcastle under Lyme", "Novi Sad", "Abu Dhabi", "Winston-Salem",
)  # fmt: skip
COMPANIES: Final = (
    "Microsoft", "Google", "Amazon", "Siemens", "Nestlé", "Toyota", "Barclays", "HSBC", "Goldman Sachs", "Deutsche Bank", "Bank of America",
    "Wells Fargo", "Chase", "Citibank", "American Express", "Procter & Gamble", "Johnson & Johnson", "General Electric", "IBM", "SAP", "BMW",
    "Boeing", "Walmart", "Target", "Costco", "FedEx", "UPS", "Delta Air Lines", "Verizon", "AT&T", "T-Mobile", "Netflix", "Uber", "NASA",
    "UNESCO", "the Red Cross", "the World Bank", "Harvard University", "Stanford", "the New York Times", "BBC", "Reuters", "Bloomberg",
    "Fannie Mae", "Sallie Mae", "US Army", "US Postal Service", "Kaiser Permanente", "McDonald's", "Macy's", "Lloyds", "Santander", "ING",
)  # fmt: skip
BRAND_WORDS: Final = (
    "Blue Golden Silver Open Clear Smart Next True First Global United National Pacific Atlantic Northern Summit River Stone Oak Cedar Iron "
    "Solar Lunar Cloud Data Net Web Info Cyber Health Care Med Bio Gene Agro Eco Green Fair Swift Rapid Prime Urban Metro Civic Public Legal "
    "Market Trade Credit Capital Wealth Trust Home Estate Build Motion Signal Logic Mind Vision Spark Bright Fox Bear Eagle Lion Falcon Harbor"
).split()
BRAND_ENDS: Final = (
    "Inc", "Inc.", "LLC", "Ltd", "Ltd.", "PLC", "Corp", "Corporation", "Group", "Partners", "Holdings", "Software", "Systems", "Solutions",
    "Research", "Consulting", "Technologies", "Labs", "Media", "Bank", "Capital", "Insurance", "Investments", "Foundation", "Agency",
    "Analytics", "Networks", "Studios", "Motors", "Foods", "Energy", "Logistics", "and Sons", "& Co", "GmbH", "S.A.", "AG", "Services",
)  # fmt: skip
STREET_ENDS: Final = (
    "Street Street Road Road Avenue Lane Drive Court Place Way Boulevard Square Terrace Close Crescent Gardens Row Hill Park Mews Parkway "
    "Trail Circle Alley Path Mill Mills Rapids Islands Ridge Knoll Plaza Highway St. Rd. Ave. Ln. Dr. Blvd. St Rd Ave Ln Dr Blvd"
).split()
STREET_FORMS: Final = (
    "Via {0}", "Via {1} {0}", "Rue {0}", "rue de {0}", "Rue du {0}", "Avenue de {0}", "Calle {0}", "Calle de {0}", "Avenida {0}", "Rua {0}",
    "Rua do {0}", "Paseo de {0}", "Plaza {0}", "Piazza {0}", "Corso {0}", "Largo {0}", "ul. {0}", "ul. {1} {0}", "ulica {0}", "Aleja {0}",
    "{0}straße", "{0}strasse", "{0}str.", "{0}weg", "{0}gasse", "{0}platz", "{0}allee", "{0}straat", "{0}laan", "{0}plein", "{0}gade",
    "{0}vej", "{0}vænget", "{0}gata", "{0}gatan", "{0}vägen", "{0}veien", "{0}veg", "{0}katu", "{0}tie", "{0}polku", "{0} utca", "{0} u.",
    "{0} út", "{0} tér", "{0} körút", "{0}ova", "{0}ova ulice", "{0} náměstí", "{0}ská", "{0} cesta", "{0} trg", "{0} Caddesi", "Jalan {0}",
    "Odos {0}", "Strada {0}", "Bulevardul {0}", "{0} iela", "{0} gatvė", "{0} tänav", "Camino {0}", "Praça {0}", "Chaussée de {0}", "Impasse {0}",
    "{0} Centret", "C/ {0}", "Quai {0}", "Place {0}", "Vicolo {0}", "Viale {0}", "Strandvejen", "Am {0}", "Im {0}", "Zum {0}", "Herregårdsvej",
)  # fmt: skip
UNITS: Final = (
    "Apt. {}",
    "Apt {}",
    "Suite {}",
    "Ste. {}",
    "Unit {}",
    "Flat {}",
    "Apartment {}",
    "Floor {}",
    "Room {}",
    "#{}",
)
JOBS: Final = (
    "teacher;nurse;truck driver;software engineer;accountant;sales manager;electrician;plumber;chef;waitress;lawyer;police officer;"
    "warehouse worker;store manager;office clerk;machine operator;data analyst;project manager;dental assistant;bank teller;carpenter;"
    "welder;bus driver;pharmacist;paralegal;graphic designer;security guard;flight attendant;insurance agent;librarian;mechanic;"
    "research scientist;loan officer;real estate agent;social worker;registered nurse;civil engineer;tax consultant;hair stylist;"
    "property manager;customer service representative;vice president;human resources director;marketing assistant;roofer;painter;"
    "laboratory technician;radiology technician;crane operator;postal clerk;school principal;fitness instructor;claims adjuster"
).split(";")
SYLLABLES: Final = (
    "an ba bel bo bri ca chi co da del di do el en fa fel ga gi go gun ha hel hi il in ja jo ka kel ki ko la len li lo lu ma mel mi mo "
    "na ner ni no o pa pel pi po ra ren ri ro ru sa sel shi so sta ta tel ti to tu u va vel vi vo wa wen ya yel yo za zel zi zo khan sson "
    "sen ova ski wicz dottir berg feld stein mann heim"
).split()
PINYIN_LAST: Final = "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Liang Song Zheng Xie Han Tang Feng Yu Dong Xiao Cheng Cao Yuan Deng Shen Zeng Peng Lu Su Jiang Cai Jia Ding Wei Xue Ye Ouyang".split()
PINYIN: Final = "wei fang na xiu min jing li qiang lei jun yang yong yan jie juan tao ming chao xia ping gang gui ying hua jian guo wen yu lan zhi hao ran xuan zi han xin yi chen ze bo si yuan jia qi rui ting xue lin qian hui ling".split()
COMMON: Final = (
    "the a this that my your his her our their some any every each no all both loan money bank card house car job work time year month week day "
    "payment interest rate credit debt bill bills account balance company office store phone computer school family child children people man woman "
    "friend friends student teacher doctor city country street road place home room door window water food coffee bread book letter paper number name "
    "good bad new old big small long short high low early late easy hard right wrong full empty free cheap expensive safe happy sad nice great fine "
    "is are was were be been have has had do does did can could will would should must may might go went come came get got make made take took give gave "
    "pay paid need needs want wants use used help helped buy bought sell sold lose lost find found keep kept leave left start stop open close call write read "
    "say said tell told think thought know knew see saw look try ask answer send sent bring wait move live lived stay study learn travel drive walk run "
    "in on at to from by for with without about over under after before during between since until because although while when where why how what who which "
    "and or but so if then than as not very too also just only still already again always never often sometimes usually maybe please thank thanks sorry "
    "currently recently consolidate improvement medical emergency wedding vacation business equipment inventory monthly income stable employed employer "
    "responsible reliable history never missed payments goal plan budget expenses rent mortgage insurance utilities groceries tuition savings emergency fund "
    "refinance lower higher reduce increase approval application request support service order delivery refund invoice contract agreement policy form report "
    "music song album film movie novel story concert show game team player season match win won lose prize award art painting museum history science"
).split()
