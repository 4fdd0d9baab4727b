"""Countries and the words for their people, in English. A closed list, written by hand."""

from typing import Final

# country: adjective, and where people differ from it, the plural after a slash
_LANDS: Final = """Afghanistan: Afghan; Albania: Albanian; Algeria: Algerian; Andorra: Andorran; Angola: Angolan; Argentina: Argentine; Armenia: Armenian;
Australia: Australian; Austria: Austrian; Azerbaijan: Azerbaijani; Bahamas: Bahamian; Bahrain: Bahraini; Bangladesh: Bangladeshi; Barbados: Barbadian;
Belarus: Belarusian; Belgium: Belgian; Belize: Belizean; Benin: Beninese; Bhutan: Bhutanese; Bolivia: Bolivian; Bosnia: Bosnian; Botswana: Motswana;
Brazil: Brazilian; Brunei: Bruneian; Bulgaria: Bulgarian; Burundi: Burundian; Cambodia: Cambodian; Cameroon: Cameroonian; Canada: Canadian; Chad: Chadian;
Chechnya: Chechen; Chile: Chilean; China: Chinese; Colombia: Colombian; Congo: Congolese; Costa Rica: Costa Rican; Croatia: Croatian; Cuba: Cuban;
Cyprus: Cypriot; Czech Republic: Czech; Czechia: Bohemian; Denmark: Danish/Danes; Djibouti: Djiboutian; Dominica: Dominican; Ecuador: Ecuadorean; Egypt: Egyptian;
El Salvador: Salvadoran; England: English/Englishmen; Eritrea: Eritrean; Estonia: Estonian; Ethiopia: Ethiopian; Fiji: Fijian; Finland: Finnish/Finns;
France: French/Frenchmen; Gabon: Gabonese; Gambia: Gambian; Georgia: Georgian; Germany: German; Ghana: Ghanaian; Greece: Greek; Greenland: Greenlandic/Greenlanders;
Grenada: Grenadian; Guatemala: Guatemalan; Guinea: Guinean; Guyana: Guyanese; Haiti: Haitian; Honduras: Honduran; Hong Kong: Cantonese; Hungary: Hungarian;
Iceland: Icelandic/Icelanders; India: Indian; Indonesia: Indonesian; Iran: Iranian; Iraq: Iraqi; Ireland: Irish/Irishmen; Israel: Israeli; Italy: Italian;
Ivory Coast: Ivorian; Jamaica: Jamaican; Japan: Japanese; Jordan: Jordanian; Kazakhstan: Kazakh; Kenya: Kenyan; Kosovo: Kosovar; Kuwait: Kuwaiti;
Kyrgyzstan: Kyrgyz; Laos: Laotian; Latvia: Latvian; Lebanon: Lebanese; Lesotho: Basotho; Liberia: Liberian; Libya: Libyan; Liechtenstein: Liechtensteiner;
Lithuania: Lithuanian; Luxembourg: Luxembourger; Macedonia: Macedonian; Madagascar: Malagasy; Malawi: Malawian; Malaysia: Malaysian; Maldives: Maldivian; Mali: Malian;
Malta: Maltese; Mauritania: Mauritanian; Mauritius: Mauritian; Mexico: Mexican; Moldova: Moldovan; Monaco: Monacan; Mongolia: Mongolian; Montenegro: Montenegrin;
Morocco: Moroccan; Mozambique: Mozambican; Myanmar: Burmese; Namibia: Namibian; Nepal: Nepalese; Netherlands: Dutch/Dutchmen; New Zealand: New Zealander;
Nicaragua: Nicaraguan; Niger: Nigerien; Nigeria: Nigerian; North Korea: North Korean; Norway: Norwegian; Oman: Omani; Pakistan: Pakistani; Palestine: Palestinian;
Panama: Panamanian; Papua New Guinea: Papuan; Paraguay: Paraguayan; Peru: Peruvian; Philippines: Filipino; Poland: Polish/Poles; Portugal: Portuguese; Puerto Rico: Puerto Rican;
Qatar: Qatari; Romania: Romanian; Russia: Russian; Rwanda: Rwandan; Samoa: Samoan; San Marino: Sammarinese; Saudi Arabia: Saudi; Scotland: Scottish/Scots; Senegal: Senegalese;
Serbia: Serbian; Sicily: Sicilian; Sierra Leone: Sierra Leonean; Singapore: Singaporean; Slovakia: Slovak; Slovenia: Slovenian; Somalia: Somali; South Africa: South African;
South Korea: South Korean; Spain: Spanish/Spaniards; Sri Lanka: Sri Lankan; Sudan: Sudanese; Suriname: Surinamese; Sweden: Swedish/Swedes; Switzerland: Swiss; Syria: Syrian;
Taiwan: Taiwanese; Tajikistan: Tajik; Tanzania: Tanzanian; Thailand: Thai; Tibet: Tibetan; Togo: Togolese; Tonga: Tongan; Tunisia: Tunisian; Turkey: Turkish/Turks;
Turkmenistan: Turkmen; Uganda: Ugandan; Ukraine: Ukrainian; United Arab Emirates: Emirati; United Kingdom: British/Britons; United States: American; Uruguay: Uruguayan;
Uzbekistan: Uzbek; Venezuela: Venezuelan; Vietnam: Vietnamese; Wales: Welsh/Welshmen; Yemen: Yemeni; Zambia: Zambian; Zimbabwe: Zimbabwean"""
_PAIRS: Final = [pair.split(": ") for pair in _LANDS.replace("\n", " ").split("; ")]
COUNTRIES: Final = tuple([land for land, _ in _PAIRS])
NATIONS: Final = tuple([people.split("/")[0] for _, people in _PAIRS])
GROUPS: Final = tuple(
    "European Asian African Hispanic Latino Arab Kurdish Basque Catalan Roma Jewish Muslim Islamic Catholic Protestant Orthodox Hindu Buddhist Sikh Sunni Shia "
    "Shiite Baptist Mormon Methodist Lutheran Evangelical Republican Democrat Socialist Communist Scandinavian Slavic Inuit Cherokee Maori Caucasian".split()
)


def plural(word: str) -> str:
    """Return the word for the people: Norwegians, Chinese."""
    return word if word.endswith(("ese", "sh", "ch", "ss", "men")) else word + "s"


PLURALS: Final = tuple([people.partition("/")[2] or plural(people) for _, people in _PAIRS])
